"""What the folder of an instance holds, and what a folder is that is not an instance's."""
