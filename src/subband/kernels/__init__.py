"""Operations, each with a readable reference and a compiled implementation of the same signature."""
