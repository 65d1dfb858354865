#![allow(dead_code)]

fn longest_word(words: &[String], at_least: usize) -> Option<&str> {
    println!("looking at {} words", words.len());
    let enough = words.iter().filter(|word| word.len() >= at_least);
    enough.max_by_key(|word| word.len()).map(String::as_str)
}

fn main() {
    println!("{:?}", longest_word(&["a".to_string()], 1));
}
