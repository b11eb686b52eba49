"""What stands when all is over, where nobody would expect it, and what of the pipeline did nothing.

Paragraphs 96 and 97 of docs/semantics.md. Each unit is asked alone, in the part of the deployment that it
depends on; what follows from the file is not searched for.
"""
