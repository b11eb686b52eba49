"""The lives of components as `transitions` machines: how one is read, and the strategies of a roll-out."""
