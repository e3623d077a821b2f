package webload

import "slices"

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

func least(of []float64) float64 { return slices.Min(of) }

func most(of []float64) float64 { return slices.Max(of) }
