"""The torch core that every tab shares. Nothing in here knows of a browser."""
