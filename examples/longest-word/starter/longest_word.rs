fn longest_word(words: Vec<String>, at_least: i32) -> Option<String> {
    // Your code here.
    todo!()
}
