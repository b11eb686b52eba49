"""From what is wrong to what helps: the cheapest sets of checked edits after which nothing is."""
