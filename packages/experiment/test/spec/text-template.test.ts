import { describe, expect, it } from '@jest/globals';
import { fillTemplate, TemplateError } from '../../src/spec/text-template.js';

const values = { a: 'x', b: { c: 5 }, yes: true, no: false, list: [1, 2], text: 'a "b"\nc', empty: '' };

describe('a template', () => {
  it.each([
    ['plain {text}', 'plain {text}'],
    ['{{ .a }}-{{.b.c}}', 'x-5'],
    ['{{ .missing | default "d" }}{{ .a | default "d" }}{{ .empty | default 7 }}', 'dx7'],
    ['{{ .text | printf "Bearer %s" | quote }}', '"Bearer a \\"b\\"\\nc"'],
    ['{{ .text | quote }}', '"a \\"b\\"\\nc"'],
    ['{{ .list | toJson }}', '[1,2]'],
    ['{{ .b | toPrettyJson }}', '{\n  "c": 5\n}'],
    ['{{ .text | urlquery }}', 'a%20%22b%22%0Ac'],
    ['{{ if .yes }}1{{ else }}2{{ end }}{{ if .no }}3{{ else }}4{{ end }}', '14'],
    ['{{ if .missing }}{{ .missing }}{{ end }}ok', 'ok'],
    ['{{ if .yes }}{{ if .no }}1{{ else }}2{{ end }}{{ end }}', '2'],
    ['{{ if .no }}{{ if .yes }}1{{ else }}2{{ end }}{{ end }}', ''],
    ['a  {{- .a -}}  b', 'axb'],
    ['{{/* a comment */}}x', 'x'],
    ['{{ "{{" }}', '{{'],
  ])('%j is filled in as %j', (template, filled) => {
    expect(fillTemplate(template, values)).toBe(filled);
  });

  it.each([
    ['one\n{{ .missing }}', 'line 2: expected a value for {{ .missing }}, got none; known are a, b'],
    ['{{ if .yes }}x', 'line 1: expected {{ end }} for {{ if .yes }}, got the end of the template'],
    ['{{ end }}', 'line 1: expected an if before {{ end }}, got none'],
    ['{{ range .list }}{{ end }}', 'line 1: expected .name, "text", if, else, end'],
    ['{{ .a | upper }}', 'got | upper'],
    ['{{ .constructor }}', 'expected a value for {{ .constructor }}, got none'],
  ])('%j is refused: %s', (template, message) => {
    expect(() => fillTemplate(template, values)).toThrow(TemplateError);
    expect(() => fillTemplate(template, values)).toThrow(message);
  });
});
