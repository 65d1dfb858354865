fn longest_word(words: Vec<String>, at_least: i32) -> Option<String> {
    let mut best = words[0].clone();
    for word in words {
        if word.len() > best.len() {
            best = word;
        }
    }
    if best.len() >= at_least as usize { Some(best) } else { None }
}
