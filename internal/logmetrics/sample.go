package logmetrics

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// sample is one series at one scrape.
type sample struct {
	*family
	labels    []*dto.LabelPair
	value     float64
	histogram *dto.Histogram
}

func (s *sample) Desc() *prometheus.Desc { return s.desc }

func (s *sample) Write(out *dto.Metric) error {
	out.Label = s.labels
	switch s.kind {
	case dto.MetricType_COUNTER:
		out.Counter = &dto.Counter{Value: &s.value}
	case dto.MetricType_GAUGE:
		out.Gauge = &dto.Gauge{Value: &s.value}
	case dto.MetricType_HISTOGRAM:
		out.Histogram = s.histogram
	}
	return nil
}

// scrape is where samples go.
type scrape chan<- prometheus.Metric

func (s scrape) number(f *family, value float64, pairs ...*dto.LabelPair) {
	s <- &sample{family: f, labels: labels(pairs...), value: value}
}

func (s scrape) histogram(f *family, h *dto.Histogram, pairs ...*dto.LabelPair) {
	s <- &sample{family: f, labels: labels(pairs...), histogram: h}
}
