"""What comes about beside the hazards: whether what a release declares was judged at all, what stands when
all is over, what did nothing, and what can be seen at each step.

A break that nothing can meet is no proof of anything: vacuity in the sense of Beer, Ben-David, Eisner and
Rodeh, "Efficient Detection of Vacuity in Temporal Model Checking" (Formal Methods in System Design, 2001),
told of what a person wrote: each cell of a declaration is met, held apart, or out of reach, with the side
that is missing (paragraphs 67 to 74 of docs/semantics.md). Of the end: paragraphs 96 and 97. Each unit is
asked alone, in the part of the deployment that it depends on; what follows from the file is not searched
for.
"""
