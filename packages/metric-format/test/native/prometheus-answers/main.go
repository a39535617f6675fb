// Answers of Prometheus 3.13.1 for random native histograms, as answers.json beside it:
//
//	go mod init answers && go get github.com/prometheus/prometheus@v0.313.1 && go run . > answers.json
//
// None has a sum that is not a number: of these Prometheus 3.13.1 interpolates by the count and bounds of its last bucket.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"sort"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

type side struct {
	Indexes []int     `json:"indexes"`
	Counts  []float64 `json:"counts"`
}
type hist struct {
	Schema        int32   `json:"schema"`
	ZeroThreshold float64 `json:"zeroThreshold"`
	ZeroCount     float64 `json:"zeroCount"`
	Positive      side    `json:"positive"`
	Negative      side    `json:"negative"`
}
type answer struct {
	Histogram hist     `json:"histogram"`
	Quantiles []string `json:"quantiles"`
}
type addition struct {
	One   hist `json:"one"`
	Other hist `json:"other"`
	Sum   hist `json:"sum"`
}

var qs = []float64{0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1}

func randomSide(r *rand.Rand, schema int32, most int) side {
	n := r.Intn(most)
	s := side{Indexes: []int{}, Counts: []float64{}}
	size := math.Exp2(float64(schema))
	lo, hi := int(math.Ceil(-1074*size)), int(1024*size)+1
	center := int(float64(r.Intn(60)-30) * size)
	set := map[int]bool{}
	for i := 0; i < n; i++ {
		idx := center + r.Intn(n*3+1)
		if r.Intn(40) == 0 {
			idx = lo + r.Intn(hi-lo+1)
		}
		if r.Intn(100) == 0 {
			idx = []int{lo, hi, hi - 1}[r.Intn(3)]
		}
		if idx < lo {
			idx = lo
		}
		if idx > hi {
			idx = hi
		}
		set[idx] = true
	}
	for i := range set {
		s.Indexes = append(s.Indexes, i)
	}
	sort.Ints(s.Indexes)
	for range s.Indexes {
		s.Counts = append(s.Counts, float64(1+r.Intn([]int{3, 100, 1000000}[r.Intn(3)])))
	}
	return s
}
func spans(s side) ([]histogram.Span, []float64) {
	var sp []histogram.Span
	last := 0
	for i, idx := range s.Indexes {
		if i == 0 {
			sp = append(sp, histogram.Span{Offset: int32(idx), Length: 1})
		} else if idx == last+1 {
			sp[len(sp)-1].Length++
		} else {
			sp = append(sp, histogram.Span{Offset: int32(idx - last - 1), Length: 1})
		}
		last = idx
	}
	return sp, append([]float64{}, s.Counts...)
}
func float(h hist) *histogram.FloatHistogram {
	f := &histogram.FloatHistogram{Schema: h.Schema, ZeroThreshold: h.ZeroThreshold, ZeroCount: h.ZeroCount, Sum: 1}
	f.PositiveSpans, f.PositiveBuckets = spans(h.Positive)
	f.NegativeSpans, f.NegativeBuckets = spans(h.Negative)
	f.Count = h.ZeroCount
	for _, c := range h.Positive.Counts {
		f.Count += c
	}
	for _, c := range h.Negative.Counts {
		f.Count += c
	}
	return f
}
func back(f *histogram.FloatHistogram) hist {
	h := hist{Schema: f.Schema, ZeroThreshold: f.ZeroThreshold, ZeroCount: f.ZeroCount, Positive: side{[]int{}, []float64{}}, Negative: side{[]int{}, []float64{}}}
	for it := f.PositiveBucketIterator(); it.Next(); {
		if b := it.At(); b.Count != 0 {
			h.Positive.Indexes = append(h.Positive.Indexes, int(b.Index))
			h.Positive.Counts = append(h.Positive.Counts, b.Count)
		}
	}
	for it := f.NegativeBucketIterator(); it.Next(); {
		if b := it.At(); b.Count != 0 {
			h.Negative.Indexes = append(h.Negative.Indexes, int(b.Index))
			h.Negative.Counts = append(h.Negative.Counts, b.Count)
		}
	}
	return h
}
func random(r *rand.Rand) hist {
	h := hist{Schema: int32(r.Intn(13) - 4)}
	h.ZeroThreshold = []float64{math.Exp2(-128), math.Exp2(-128), 0, 0.001, 1, 3.7}[r.Intn(6)]
	if r.Intn(2) == 0 {
		h.ZeroCount = float64(r.Intn(50))
	}
	h.Positive, h.Negative = side{[]int{}, []float64{}}, side{[]int{}, []float64{}}
	k := r.Intn(4)
	if k != 0 {
		h.Positive = randomSide(r, h.Schema, 12)
	}
	if k < 2 {
		h.Negative = randomSide(r, h.Schema, 12)
	}
	// No bucket lies wholly in the zero bucket.
	for _, s := range []*side{&h.Positive, &h.Negative} {
		k := side{[]int{}, []float64{}}
		f := &histogram.FloatHistogram{Schema: h.Schema, Count: 1}
		f.PositiveSpans, f.PositiveBuckets = spans(*s)
		i := 0
		for it := f.PositiveBucketIterator(); it.Next(); i++ {
			if it.At().Upper > h.ZeroThreshold {
				k.Indexes = append(k.Indexes, s.Indexes[i])
				k.Counts = append(k.Counts, s.Counts[i])
			}
		}
		*s = k
	}
	return h
}
func text(v float64) string {
	if math.IsNaN(v) {
		return "NaN"
	}
	if math.IsInf(v, 0) {
		return fmt.Sprintf("%+v", v)
	}
	return fmt.Sprintf("%.17g", v)
}

func main() {
	r := rand.New(rand.NewSource(3))
	var answers []answer
	for len(answers) < 120 {
		h := random(r)
		f := float(h)
		if f.Count == 0 {
			continue
		}
		a := answer{Histogram: h}
		for _, q := range qs {
			v, _ := promql.HistogramQuantile(q, f, "x", posrange.PositionRange{})
			a.Quantiles = append(a.Quantiles, text(v))
		}
		answers = append(answers, a)
	}
	var additions []addition
	for len(additions) < 80 {
		one, other := random(r), random(r)
		f, _, _, err := float(one).Add(float(other))
		if err != nil {
			panic(err)
		}
		// Prometheus counts a bucket below the threshold twice where the bucket that it is lowered to reaches above it.
		if sum := back(f); float(sum).Count == f.Count {
			additions = append(additions, addition{one, other, sum})
		}
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"quantileOf": qs, "quantiles": answers, "additions": additions})
}
