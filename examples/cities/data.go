package cities

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxCities is the most cities that Read accepts: 5·10⁹ pairs, which Farthest takes some seconds to search.
const MaxCities = 100_000

// City is a populated place.
type City struct {
	Name      string  // in UTF-8, as its inhabitants or English speakers write it
	Country   string  // ISO 3166-1 alpha-2, two capital letters
	Latitude  float64 // degrees, north positive, in [-90, 90]
	Longitude float64 // degrees, east positive, in [-180, 180]
}

// embedded is described in DATA.md, which also gives its licence and origin.
//
//go:embed cities.csv
var embedded string

// Load returns the 2,000 cities that come with this package, the one with the most inhabitants first. Each call
// returns a new slice.
func Load() ([]City, error) {
	return Read(strings.NewReader(embedded))
}

// columns are the ones that Read needs, in this order.
var columns = []string{"name", "country", "latitude", "longitude"}

// Read reads cities in CSV (RFC 4180, UTF-8, comma). The first line is a heading that begins with the columns name,
// country, latitude and longitude; further columns are ignored. Coordinates are in decimal degrees.
//
// An error names the line and the column, both counted from 1 and the column in bytes. Read returns no cities with
// an error, and refuses more than MaxCities.
func Read(r io.Reader) ([]City, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = -1 // counted below, to say which field is missing
	lines.ReuseRecord = true
	heading, err := lines.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("cities: no heading: want a first line that begins with %s", strings.Join(columns, ","))
	}
	if err != nil {
		return nil, fmt.Errorf("cities: reading the heading: %w", err)
	}
	for i, want := range columns {
		if i >= len(heading) || heading[i] != want {
			return nil, fmt.Errorf("cities: heading %q: want it to begin with %s", heading, strings.Join(columns, ","))
		}
	}
	var all []City
	for {
		fields, err := lines.Read()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cities: %w", err)
		}
		if len(all) == MaxCities {
			line, _ := lines.FieldPos(0)
			return nil, fmt.Errorf("cities: line %d: more than %d cities", line, MaxCities)
		}
		city, field, err := parse(fields)
		if err != nil {
			line, column := lines.FieldPos(min(field, len(fields)-1))
			return nil, fmt.Errorf("cities: line %d, column %d: %w", line, column, err)
		}
		all = append(all, city)
	}
}

// parse returns the city of one line, or an error and the index of the field that it is about.
func parse(fields []string) (city City, field int, err error) {
	if have := len(fields); have < len(columns) {
		return City{}, have, fmt.Errorf("%d of %d fields: %s is missing", have, len(columns), columns[have])
	}
	// The record's memory is used again for the next line; a string of it would keep the whole line.
	city.Name, city.Country = strings.Clone(fields[0]), strings.Clone(fields[1])
	if city.Name == "" {
		return City{}, 0, errors.New("name is empty")
	}
	if !utf8.ValidString(city.Name) {
		return City{}, 0, fmt.Errorf("name %q is not UTF-8", city.Name)
	}
	if c := city.Country; len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return City{}, 1, fmt.Errorf("country %q is not two capital letters (ISO 3166-1 alpha-2)", c)
	}
	if city.Latitude, err = degrees("latitude", fields[2], 90); err != nil {
		return City{}, 2, err
	}
	if city.Longitude, err = degrees("longitude", fields[3], 180); err != nil {
		return City{}, 3, err
	}
	return city, 0, nil
}

// degrees parses a coordinate in [-limit, limit].
func degrees(name, text string, limit float64) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%s %q is not a number of degrees", name, text)
	}
	if !(-limit <= x && x <= limit) { // false for NaN too
		return 0, fmt.Errorf("%s %s is outside [-%v, %v] degrees", name, text, limit, limit)
	}
	return x, nil
}
