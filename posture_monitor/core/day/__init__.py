"""What a day is made of: sitting, standing, reminders, and how often to look."""
