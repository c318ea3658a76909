"""What stock Rasa is made of; runs in Rasa's environment and imports nothing of ours."""
