"""Every sentence that a user can see."""
