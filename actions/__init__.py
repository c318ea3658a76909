"""What the Rasa dialogue can do in a private conversation. One action a rule of nlu_data/rules.yml."""
