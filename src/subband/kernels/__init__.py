"""Operations with a readable reference and fast twins of the same signature."""
