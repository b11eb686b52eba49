"""Whether what a release declares was judged at all: a break that nothing can meet is no proof of anything.

Vacuity in the sense of Beer, Ben-David, Eisner and Rodeh, "Efficient Detection of Vacuity in Temporal Model
Checking" (Formal Methods in System Design, 2001), told of what a person wrote: each cell of a declaration is
met, held apart, or out of reach, with the side that is missing (paragraphs 67 to 74 of docs/semantics.md).
"""
