/** What series are rendered as: lines, for both formats of text, or messages. */
export type Form = 'text' | 'protobuf';

/** All forms. */
export const FORMS: readonly Form[] = ['text', 'protobuf'];

/** For each form the value given. */
export type ByForm<Value> = Readonly<Record<Form, Value>>;
