"""How the changes of one weight become one: a small file for each rule."""
