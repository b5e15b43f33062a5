"""What happens in Siyu, told to other systems. See README.md in this folder."""
