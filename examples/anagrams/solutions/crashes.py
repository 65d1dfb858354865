print(open("word.txt").read())
