fn longest(words: Vec<String>, at_least: i32) -> Option<String> {
    None
}
