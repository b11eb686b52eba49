"""What is known of two versions of a contract from files that a team has: judgements with their evidence.

Nothing here knows an engine. A differ is given the consumer's side of a contract and the provider's, each as
it stood at a revision, and says what of one the other does not understand; the other direction is the same
differ with the sides swapped. Libraries that only one format needs are imported when a file of it is judged.
"""
