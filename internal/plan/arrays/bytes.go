package arrays

import "fmt"

// FormatBytes writes a number of bytes in units of 1024, as in "18.63 GiB".
func FormatBytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, units := float64(n)/1024, "KMGTPE"
	for v >= 1024 && len(units) > 1 {
		v, units = v/1024, units[1:]
	}
	return fmt.Sprintf("%.2f %ciB", v, units[0])
}
