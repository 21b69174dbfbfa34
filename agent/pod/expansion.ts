// `$(NAME)` in environment values, commands and arguments, to the letter of Kubernetes: `$$` is a dollar, a name that
// is not known stays as it is written.

export function expand(input: string, lookup: (name: string) => string | undefined): string {
  let output = '';
  for (let at = 0; at < input.length; at++) {
    const next = input[at + 1];
    if (input[at] !== '$' || next === undefined) {
      output += input[at];
      continue;
    }
    const close = next === '(' ? input.indexOf(')', at + 2) : -1;
    if (close >= 0) {
      const name = input.slice(at + 2, close);
      output += lookup(name) ?? `$(${name})`;
      at = close;
    } else {
      output += next === '$' ? '$' : `$${next}`;
      at++;
    }
  }
  return output;
}
