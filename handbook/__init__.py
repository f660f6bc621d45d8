"""The written word that is made from the code: man page, reference pages, pictures."""
