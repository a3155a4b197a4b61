"""What several claims share: classifiers, features, equal budgets."""
