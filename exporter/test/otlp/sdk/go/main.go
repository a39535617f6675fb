// Records with OpenTelemetry's SDK for Go what it is told; README.md in the folder above says how.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

type recording struct {
	Kind       string
	Name       string
	Value      float64
	Attributes map[string]string
	Bounds     []float64
}

func main() {
	ctx := context.Background()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Print(err) }))
	var rounds [][]recording
	check(json.NewDecoder(os.Stdin).Decode(&rounds))
	exporter, err := otlpmetrichttp.New(ctx)
	check(err)
	provider := sdk.NewMeterProvider(
		sdk.WithReader(sdk.NewPeriodicReader(exporter)),
		sdk.WithView(exponentialBuckets(rounds)),
	)
	meter := provider.Meter("test")
	for i, round := range rounds {
		for _, one := range round {
			check(record(ctx, meter, one))
		}
		flush := provider.ForceFlush
		if i == len(rounds)-1 {
			flush = provider.Shutdown
		}
		if err := flush(ctx); err != nil {
			fmt.Println("failed:", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("accepted")
		}
	}
}

func exponentialBuckets(rounds [][]recording) sdk.View {
	names := map[string]bool{}
	for _, round := range rounds {
		for _, one := range round {
			names[one.Name] = one.Kind == "exponential"
		}
	}
	stream := sdk.Stream{Aggregation: sdk.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}}
	return func(instrument sdk.Instrument) (sdk.Stream, bool) {
		named := stream
		named.Name = instrument.Name
		return named, names[instrument.Name]
	}
}

// The SDK returns the same instrument for the same name.
func record(ctx context.Context, meter metric.Meter, one recording) error {
	var pairs []attribute.KeyValue
	for key, value := range one.Attributes {
		pairs = append(pairs, attribute.String(key, value))
	}
	attributes := metric.WithAttributes(pairs...)
	switch one.Kind {
	case "counter":
		counter, err := meter.Float64Counter(one.Name)
		counter.Add(ctx, one.Value, attributes)
		return err
	case "upDownCounter":
		counter, err := meter.Float64UpDownCounter(one.Name)
		counter.Add(ctx, one.Value, attributes)
		return err
	case "gauge":
		gauge, err := meter.Float64Gauge(one.Name)
		gauge.Record(ctx, one.Value, attributes)
		return err
	case "histogram":
		histogram, err := meter.Float64Histogram(one.Name, metric.WithExplicitBucketBoundaries(one.Bounds...))
		histogram.Record(ctx, one.Value, attributes)
		return err
	case "exponential":
		histogram, err := meter.Float64Histogram(one.Name)
		histogram.Record(ctx, one.Value, attributes)
		return err
	}
	return fmt.Errorf("expected the kind of an instrument, got %q", one.Kind)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
