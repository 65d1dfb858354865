print(1, flush=True)
answers = {"lower": -1}
print(answers[input()])
