fn longest_word(words: Vec<String>, at_least: i32) -> Option<String> {
    let mut best: Option<String> = None;
    for word in words {
        let longer = best.as_ref().map_or(true, |other| word.len() > other.len());
        if word.len() >= at_least as usize && longer {
            best = Some(word);
        }
    }
    best
}
