"""Methods shared by several claims: classifiers, features, trainings with equal budgets."""
