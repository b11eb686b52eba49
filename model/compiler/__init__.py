"""From a deployment to its labelled transition system; and what can be read off the states."""
