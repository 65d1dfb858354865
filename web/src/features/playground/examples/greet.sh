printf 'What is your name? '
read -r name
echo "Hello, $name!"

for count in 3 2 1; do
  echo "$count"
done
echo "Here we go."
