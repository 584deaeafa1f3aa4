package progress

import (
	"fmt"
	"time"
)

// size writes bytes in at most six columns: "0B", "9.99MB", "31.2MB", "512MB".
// As Docker does, it counts in thousands.
func size(bytes float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	n, i := max(bytes, 0), 0
	for n >= 999.5 && i < len(units)-1 {
		n /= 1000
		i++
	}
	switch {
	case i == 0 || n >= 99.95:
		return fmt.Sprintf("%.0f%s", n, units[i])
	case n >= 9.995:
		return fmt.Sprintf("%.1f%s", n, units[i])
	}
	return fmt.Sprintf("%.2f%s", n, units[i])
}

// duration writes a time in about five columns: "3.2s", "45s", "2m05s", "1h02m",
// "2d03h". What is smaller is cut off.
func duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < day:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%02dh", d/day, d%day/time.Hour)
}
