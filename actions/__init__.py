"""What the Rasa dialogue can do in private: one action for each rule of nlu_data/rules.yml."""
