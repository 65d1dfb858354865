use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let n: u32 = line.trim().parse().unwrap();
    let (mut number, mut following) = (0u64, 1u64);
    for _ in 0..n {
        (number, following) = (following, number + following);
    }
    println!("{}", number);
}
