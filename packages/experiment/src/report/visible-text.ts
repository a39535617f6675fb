// Line breaks, the escape sequences of terminals, and what turns the direction of writing.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text from outside on one line of plain text: a character that would forge another line, or command a terminal, becomes U+FFFD. */
export function visibleText(text: string): string {
  return text.replace(CONTROLS, '\ufffd');
}
