"""The library 素材库: pieces of content, their versions, approval, expiry, and where they were used."""
