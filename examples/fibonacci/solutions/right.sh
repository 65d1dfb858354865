read -r n
number=0
following=1
for ((i = 0; i < n; i++)); do
    sum=$((number + following))
    number=$following
    following=$sum
done
echo "$number"
