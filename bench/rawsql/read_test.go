package main

import (
	"context"
	"path/filepath"
	"testing"
)

// BenchmarkRead is for profiles; the command compares.
func BenchmarkRead(b *testing.B) {
	ctx := context.Background()
	sides, err := open(ctx, "sqlite:///"+filepath.Join(b.TempDir(), "x.db"))
	if err != nil {
		b.Fatal(err)
	}
	for i, name := range []string{"raw", "session"} {
		b.Run(name, func(b *testing.B) {
			if _, err := once(ctx, workload{do: contestant.insertMany, n: 10000}, sides[i]); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				if _, err := sides[i].read(ctx, 10000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
