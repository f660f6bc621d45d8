"""GLSL programs of the renderer: for the figures, the room and the shadow map."""

_PICTURE_VERTEX = """
in vec3 in_position;
in vec3 in_normal;
uniform mat4 clip_from_world;
uniform mat4 shadow_from_world;
out vec3 position;
out vec3 normal;
out vec4 shadow_position;
#ifdef FIGURE
in vec2 in_texture_coord;
out vec2 texture_coord;
#else
in vec3 in_tint;
in float in_glow;
flat out vec3 tint;
flat out float glow;
#endif

void main() {
    position = in_position;
    normal = in_normal;
#ifdef FIGURE
    texture_coord = in_texture_coord;
#else
    tint = in_tint;
    glow = in_glow;
#endif
    shadow_position = shadow_from_world * vec4(in_position, 1);
    gl_Position = clip_from_world * vec4(in_position, 1);
}
"""

# Alpha of the picture is 1 on the person, -1 on another person and 0 in the room: the truth
# counts those pixels. FIGURE is defined for people and pictures, not for the plain boxes of the
# room: the software driver computes every branch, so each gets a program without the other's.
# The room's colours come with its vertices, so that it is drawn at once. FAST softens shadows
# with four looks instead of nine.
_PICTURE_FRAGMENT = """
in vec3 position;
in vec3 normal;
in vec4 shadow_position;
out vec4 colour;
uniform sampler2DShadow shadow_map;
#ifdef FIGURE
in vec2 texture_coord;
uniform sampler2D surface;
uniform vec3 tint;
uniform float has_texture, alpha_cut, skin, shine, person, glow;
#else
flat in vec3 tint;
flat in float glow;
const float skin = 0., shine = .02, person = 0.;
#endif
uniform vec3 eye, key_direction, key, sky, ground;
uniform vec3 screen_position, screen, lamp_position, lamp;

float hash(vec2 p) {
    return fract(sin(dot(p, vec2(12.9898, 78.233))) * 43758.5453);
}

float smooth_noise(vec2 p) {
    vec2 cell = floor(p), f = fract(p);
    f = f * f * (3. - 2. * f);
    return mix(mix(hash(cell), hash(cell + vec2(1, 0)), f.x),
               mix(hash(cell + vec2(0, 1)), hash(cell + vec2(1, 1)), f.x), f.y);
}

float lit_share() {
    vec3 q = shadow_position.xyz / shadow_position.w * .5 + .5;
    float lit = 0.;
#ifdef FAST
    for (int i = 0; i < 4; i++)
        lit += .25 * texture(shadow_map,
            vec3(q.xy + (vec2(i & 1, i >> 1) - .5) * 1.9 / 1024., q.z - .0022));
#else
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++)
            lit += texture(shadow_map, vec3(q.xy + vec2(i, j) * 1.3 / 1024., q.z - .0022));
    lit /= 9.;
#endif
    bool outside = q.x < 0. || q.x > 1. || q.y < 0. || q.y > 1. || q.z > 1.;
    return outside ? 1. : lit;
}

// Lambert, wrapped around the edge of shadow on skin.
float facing(vec3 n, vec3 direction) {
    float wrap = .35 * skin;
    return max(0., (dot(n, direction) + wrap) / (1. + wrap));
}

vec3 nearby_light(vec3 n, vec3 source, vec3 strength, float softening) {
    vec3 path = source - position;
    float squared = dot(path, path);
    return strength * facing(n, path / sqrt(squared)) / (squared + softening);
}

void main() {
#ifdef FIGURE
    vec4 texel = has_texture > .5 ? texture(surface, texture_coord) : vec4(1);
    if (texel.a < alpha_cut) discard;
#else
    vec4 texel = vec4(1);
#endif
    vec3 albedo = pow(texel.rgb, vec3(2.2)) * tint;
    vec3 n = normalize(normal);
    vec3 view = normalize(eye - position);
#ifdef FIGURE
    // Clothes and hair are single sheets, seen from both sides.
    if (!gl_FrontFacing && skin < .5) n = -n;
#else
    // Walls and furniture get a little grain, else they are flat as no real room is.
    albedo *= .93 + .09 * smooth_noise(position.xy * 7. + position.zz * 5.)
              + .05 * smooth_noise(position.xy * 31.);
#endif

    float lit = lit_share();
    vec3 light = mix(ground, sky, n.y * .5 + .5);
    light += key * facing(n, key_direction) * lit;
    light += nearby_light(n, screen_position, screen, .1);
    light += nearby_light(n, lamp_position, lamp, .15);

    vec3 halfway = normalize(key_direction + view);
    float highlight = pow(max(0., dot(n, halfway)), 28.) * shine * lit;
    float rim = pow(1. - max(0., dot(n, view)), 4.) * shine * .6;
    vec3 warmth = skin > .5 ? vec3(1.03, .99, .97) : vec3(1);
    vec3 mixed = albedo * light * warmth + key * highlight + sky * rim + glow * tint * texel.rgb;
    colour = vec4(mixed, person);
}
"""


def picture_shaders(*defined: str) -> tuple[str, str]:
    """Vertex and fragment shader with these names defined: FIGURE, FAST."""
    head = "\n".join(["#version 330", *(f"#define {name}" for name in defined)])
    return head + _PICTURE_VERTEX, head + _PICTURE_FRAGMENT


SHADOW_VERTEX = """
#version 330
in vec3 in_position;
in vec2 in_texture_coord;
uniform mat4 shadow_from_world;
out vec2 texture_coord;

void main() {
    texture_coord = in_texture_coord;
    gl_Position = shadow_from_world * vec4(in_position, 1);
}
"""

SHADOW_FRAGMENT = """
#version 330
in vec2 texture_coord;
uniform sampler2D surface;
uniform float alpha_cut;

void main() {
    if (texture(surface, texture_coord).a < alpha_cut) discard;
}
"""
