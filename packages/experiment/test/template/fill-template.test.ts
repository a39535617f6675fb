import { describe, expect, it } from '@jest/globals';
import { fillTemplate } from '../../src/template/fill-template.js';
import { TemplateError } from '../../src/template/template-error.js';

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
    ['{{ if .yes }}x{{ else }}y{{ else }}z{{ end }}', 'line 1: expected {{ end }} for {{ if .yes }}, got {{ else }}'],
    ['{{ end }}', 'line 1: expected an if, range, with, block or define before {{ end }}, got none'],
    ['\n{{ .a | uper }}', "line 2: expected a function of Go's templates or sprig, got uper; did you mean upper?"],
    ['{{ .constructor }}', 'expected a value for {{ .constructor }}, got none'],
    ['{{ env "HOME" }}', "expected a function of Go's templates or sprig, got env"],
    ['{{ .a', 'line 1: expected }} at the end of an action, got the end of the template'],
    ['{{ "a }}', 'line 1: expected a closing ", got none'],
    ['{{ .a ? }}', 'line 1: expected a name, a value or a sign of a template, got "?"'],
    ['{{ (.a }}', 'line 1: expected ), got {{ (.a }}'],
    ['{{ .a .b }}', 'line 1: expected a function before arguments, got a value'],
    ['{{ trunc 5 }}', 'line 1: expected 2 arguments of trunc, got 1'],
    ['{{ $x }}', 'line 1: expected a variable that is set, got $x'],
    ['{{ $x = 5 }}', 'line 1: expected $x := before $x =, got none'],
    ['{{ template "x" }}', 'line 1: expected a template that is defined, one of none, got "x"'],
    ['{{ template x }}', 'line 1: expected the name of a template in quotes'],
    ['{{ lt 1 "a" }}', 'line 1: expected two numbers or two strings to compare, got int and string'],
    ['{{ range .a }}{{ end }}', 'line 1: expected a list, a mapping or a whole number in {{ range .a }}, got x'],
    ['a\n{{- fail (printf "no %s" .a) }}', 'line 2: no x'],
    ['{{ regexMatch "(" .a }}', 'line 1: expected a regular expression of Go, got "("'],
    ['{{ "{" | fromJson }}', 'line 1: expected JSON, got'],
    ['{{ div 1 0 }}', 'line 1: expected a divisor other than 0'],
    ['{{ index .list 5 }}', 'line 1: expected an existing index, got 5'],
  ])('%j is refused: %s', (template, message) => {
    expect(() => fillTemplate(template, values)).toThrow(TemplateError);
    expect(() => fillTemplate(template, values)).toThrow(message);
  });

  // What Go 1.22 with sprig 2.22 prints for these.
  it.each([
    ['{{ range .list }}<{{ . }}>{{ end }}', '<1><2>'],
    ['{{ range $i, $v := .list }}{{ $i }}={{ $v }};{{ end }}', '0=1;1=2;'],
    ['{{ range $k, $v := .map }}{{ $k }}="{{ $v }}",{{ end }}', 'a="1",b="2",'],
    ['{{ range .none }}x{{ else }}none{{ end }}', 'none'],
    [
      '{{ range until 5 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}',
      '02',
    ],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    ['{{ range .list }}{{ $.a }}{{ end }}', 'xx'],
    ['{{ with .map }}{{ .b }}{{ $.a }}{{ end }}{{ with .none }}x{{ else }}y{{ end }}', '2xy'],
    ['{{ with $m := .map }}{{ $m.a }}{{ end }}', '1'],
    ['{{ $n := 1 }}{{ if .yes }}{{ $n = 2 }}{{ end }}{{ $n }}', '2'],
    ['{{ $n := 1 }}{{ if .yes }}{{ $n := 2 }}{{ end }}{{ $n }}', '1'],
    ['{{ if .no }}1{{ else if .yes }}2{{ else }}3{{ end }}', '2'],
    ['{{ define "t" }}[{{ .b }}]{{ end }}{{ template "t" .map }}{{ template "t" dict "b" 7 }}', '[2][7]'],
    ['{{ block "t" .map }}<{{ .a }}>{{ end }}', '<1>'],
    ['{{ define "t" }}{{ range . }}{{ $ | len }}{{ end }}{{ end }}{{ template "t" .list }}', '22'],
    ['{{ include "t" . | indent 2 }}{{ define "t" }}a\nb{{ end }}', '  a\n  b'],
    [
      '{{ and .yes .a }} {{ and .no (fail "x") }} {{ or .no .a }} {{ or .yes (fail "x") }} {{ not .no }}',
      'x false x true true',
    ],
    [
      '{{ eq 1 2 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1 2 }}',
      'true true true true true false',
    ],
    [
      '{{ eq (kindOf .map) "map" }} {{ kindOf .list }} {{ kindOf .a }} {{ kindOf 1.5 }} {{ kindOf .yes }}',
      'true slice string float64 bool',
    ],
    ['{{ (index .list 1) }} {{ index .map "b" }} {{ (dict "x" .map).x.a }} {{ len .list }}', '2 2 1 2'],
    [
      '{{ printf "%s|%d|%.2f|%5d|%-5s|%q|%v|%t|%%|%05d|%x" "a" 3 1.005 7 "b" "c" .list true 42 255 }}',
      'a|3|1.00|    7|b    |"c"|[1,2]|true|%|00042|ff',
    ],
    ['{{ regexReplaceAll "\\"" (regexReplaceAll "\\n" .text "\\\\n") "\\\\\\"" }}', 'a \\"b\\"\\nc'],
    [
      '{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }} {{ regexReplaceAll "a(x*)b" "-ab-axxb-" "$1W" }}',
      '-W-xxW- ---',
    ],
    [
      '{{ regexMatch "^[a-z]+$" .a }} {{ regexFind "[0-9]+" "a12b" }} {{ regexFindAll "[0-9]" "a1b2" -1 | join "," }} {{ regexSplit "z+" "pizza" -1 | join "|" }}',
      'true 12 1,2 pi|a',
    ],
    ['{{ .text | nindent 1 }}', '\n a "b"\n c'],
    [
      '{{ upper "a" }}{{ lower "B" }}{{ title "ab cd" }}{{ trim " x " }}{{ trimSuffix "-" "y-" }}{{ trunc 2 "abc" }}{{ trunc -2 "abc" }}',
      'AbAb Cdxyabbc',
    ],
    [
      '{{ "a-b" | replace "-" "+" }} {{ contains "b" "abc" }} {{ hasPrefix "a" "abc" }} {{ repeat 3 "ab" }}',
      'a+b true true ababab',
    ],
    [
      '{{ coalesce .none "" "c" }} {{ ternary "y" "n" .yes }} {{ empty .list }} {{ list 1 "a" | toJson }}',
      'c y false [1,"a"]',
    ],
    [
      '{{ add 1 2 3 }} {{ add1 4 }} {{ sub 5 2 }} {{ mul 2 3 }} {{ div 7 2 }} {{ mod 7 2 }} {{ max 1 3 2 }} {{ int "12" }} {{ float64 "1.5" }}',
      '6 5 3 6 3 1 3 12 1.5',
    ],
    [
      '{{ merge (dict "a" 1) (dict "a" 2 "b" 3) | toJson }} {{ omit .map "a" | toJson }} {{ pluck "a" .map | toJson }} {{ hasKey .map "z" }}',
      '{"a":1,"b":3} {"b":2} [1] false',
    ],
    ['{{ .map | toYaml }}', 'a: 1\nb: 2'],
    ['{{ ("{\\"a\\":[1]}" | fromJson).a | first }}', '1'],
    ['{{ `raw "text"` }}{{ \'a\' }}', 'raw "text"97'],
    ['{{ "a}}b" }}{{/* {{ x }} */}}', 'a}}b'],
    ['{{ .Upper.Case }}', 'field'],
  ])('%j is filled in as Go does: %j', (template, filled) => {
    const given = { ...values, map: { b: 2, a: 1 }, none: [], upper: { case: 'field' } };
    expect(fillTemplate(template, given)).toBe(filled);
  });

  it('for back ends writes the labels of a query, one metric a percentile', () => {
    const template = `{{- define "labels" }}
{{- range $name, $value := .labels }}
{{- if or (eq (kindOf $value) "slice") (eq (kindOf $value) "map") }}
{{- fail (printf "expected plain labels, got %s: %s" $name $value) }}
{{- end }}
  {{ $name }}="{{ $value }}",
{{- end }}
{{- end }}
{{- range $i, $p := .percentiles }}
- latency-p{{ $p }}: quantile(0.{{ $p }}, x{
  {{- template "labels" $ }}
}[{{ $.seconds }}s])
{{- end }}`;
    expect(
      fillTemplate(template, { labels: { version: 'v1', namespace: 'default' }, percentiles: [50, 95], seconds: 7 }),
    ).toBe(`
- latency-p50: quantile(0.50, x{
  namespace="default",
  version="v1",
}[7s])
- latency-p95: quantile(0.95, x{
  namespace="default",
  version="v1",
}[7s])`);
    expect(() => fillTemplate(template, { labels: { a: [1] }, percentiles: [50], seconds: 7 })).toThrow(
      'line 4: expected plain labels, got a: [1]',
    );
  });

  it.each([
    ['{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}', 'expected at most 1000000 steps'],
    ['{{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }}', 'expected at most 100 nested templates'],
    [
      '{{ define "t" }}{{ template "u" . }}{{ template "u" . }}{{ end }}{{ define "u" }}{{ template "t" . }}{{ end }}{{ template "t" . }}',
      'expected at most 100 nested templates',
    ],
    ['{{ repeat 1000000000 "ab" }}', 'expected strings of at most 4194304 characters'],
    ['{{ $s := "aaaaaaaa" }}{{ range until 1000 }}{{ $s = print $s $s }}{{ end }}', 'expected strings of at most'],
    [
      '{{ range until 100000 }}{{ print "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }}{{ end }}',
      'expected strings of at most',
    ],
    ['{{ indent 100000000 .text }}', 'expected strings of at most'],
    ['{{ printf "%999999999d" 5 }}', 'expected strings of at most'],
    ['{{ until 1000000000 | len }}', 'expected lists of at most 100000 values'],
    [
      '{{ $l := list 1 2 }}{{ range until 100 }}{{ $l = concat $l $l }}{{ end }}',
      'expected lists of at most 100000 values',
    ],
    ['{{ if true }}'.repeat(101), 'expected at most 100 nested blocks'],
    [`{{ ${'('.repeat(101)} }}`, 'expected at most 100 nested parentheses'],
  ])('takes bounded time and gives a bounded text: %j', (template, message) => {
    expect(() => fillTemplate(template, values)).toThrow(message);
  });

  it('matches hostile patterns in a time that grows with the text alone', () => {
    const text = 'a'.repeat(2000);
    expect(fillTemplate('{{ regexMatch "(a+)+$" (print .text "b") }}', { text })).toBe('false');
  });
});
