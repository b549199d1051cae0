package cities

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

const heading = "name,country,latitude,longitude\n"

func TestEmbeddedCitiesAreTheMostPopulousInOrder(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2000 {
		t.Fatalf("%d cities, want 2000", len(all))
	}
	if want := (City{"Shanghai", "CN", 31.22222, 121.45806}); all[0] != want {
		t.Errorf("first city is %+v, want %+v", all[0], want)
	}
	records, err := csv.NewReader(strings.NewReader(embedded)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	previous := 1 << 40
	for i, record := range records[1:] {
		population, err := strconv.Atoi(record[4])
		if err != nil || population > previous || population < 1 {
			t.Fatalf("line %d: population %q after %d (%v)", i+2, record[4], previous, err)
		}
		previous = population
	}
	if len(embedded) > 150_000 {
		t.Errorf("cities.csv has %d bytes, want at most 150,000", len(embedded))
	}
}

func TestLoadReturnsSlicesOfTheCallersOwn(t *testing.T) {
	first, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	first[0].Name = "changed"
	if second, _ := Load(); second[0].Name != "Shanghai" {
		t.Errorf("a change of one result shows in another: %q", second[0].Name)
	}
}

func TestReadTakesQuotedNamesAndFurtherColumns(t *testing.T) {
	have, err := Read(strings.NewReader("name,country,latitude,longitude,population\n" +
		"\"Mianzhu, Deyang\",CN,31.33,104.2,514600\n\nPole,AQ,-90,180,0\n"))
	want := []City{{"Mianzhu, Deyang", "CN", 31.33, 104.2}, {"Pole", "AQ", -90, 180}}
	if err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("have %+v (%v), want %+v", have, err, want)
	}
}

func TestReadErrorsNameLineAndColumn(t *testing.T) {
	const wantHeading = "want a first line that begins with name,country,latitude,longitude"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "cities: no heading: " + wantHeading},
		{"short heading", "name,country\n", `cities: heading ["name" "country"]: want it to begin with name,country,latitude,longitude`},
		{"other heading", "city,country,latitude,longitude\n",
			`cities: heading ["city" "country" "latitude" "longitude"]: want it to begin with name,country,latitude,longitude`},
		{"broken heading", "na\"me\n", "cities: reading the heading: parse error on line 1, column 3: " + csv.ErrBareQuote.Error()},
		{"missing field", heading + "Rome,IT,41.9\n", "cities: line 2, column 9: 3 of 4 fields: longitude is missing"},
		{"no name", heading + "Rome,IT,41.9,12.5\n,IT,41.9,12.5\n", "cities: line 3, column 1: name is empty"},
		{"name not text", heading + "R\xffme,IT,41.9,12.5\n", `cities: line 2, column 1: name "R\xffme" is not UTF-8`},
		{"country", heading + "Rome,Italy,41.9,12.5\n",
			`cities: line 2, column 6: country "Italy" is not two capital letters (ISO 3166-1 alpha-2)`},
		{"bad latitude", heading + "Rome,IT,41.9N,12.5\n", `cities: line 2, column 9: latitude "41.9N" is not a number of degrees`},
		{"empty longitude", heading + "Rome,IT,41.9,\n", `cities: line 2, column 14: longitude "" is not a number of degrees`},
		{"latitude too far", heading + "Rome,IT,90.1,12.5\n", "cities: line 2, column 9: latitude 90.1 is outside [-90, 90] degrees"},
		{"longitude too far", heading + "Rome,IT,41.9,-181\n", "cities: line 2, column 14: longitude -181 is outside [-180, 180] degrees"},
		{"not a number", heading + "Rome,IT,NaN,12.5\n", "cities: line 2, column 9: latitude NaN is outside [-90, 90] degrees"},
		{"broken quotes", heading + "Ro\"me,IT,41.9,12.5\n", "cities: parse error on line 2, column 3: " + csv.ErrBareQuote.Error()},
		{"too many", heading + strings.Repeat("Rome,IT,41.9,12.5\n", MaxCities+1), "cities: line 100002: more than 100000 cities"},
	} {
		t.Run(c.name, func(t *testing.T) {
			have, err := Read(strings.NewReader(c.text))
			if err == nil || err.Error() != c.want || have != nil {
				t.Errorf("have %d cities and error %v\nwant error %s", len(have), err, c.want)
			}
		})
	}
}

// FuzzRead checks that whatever is read is in range and reads the same when written again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(heading + "Rome,IT,41.89193,12.51133\n"))
	f.Add([]byte(heading + "\"a,\"\"b\",FR,-9e1,1.8e2,9,9\n\n"))
	f.Add([]byte(heading + "\"two\nlines\",XX,0x1p3,-0\r\n"))
	f.Add([]byte(heading + "Rome,IT,NaN,Inf\n"))
	f.Add([]byte(heading + "Rome,IT\n"))
	f.Add([]byte("\"name"))
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := Read(bytes.NewReader(text))
		if err != nil {
			if read != nil {
				t.Fatalf("%d cities with error %v", len(read), err)
			}
			return
		}
		var written bytes.Buffer
		w := csv.NewWriter(&written)
		records := [][]string{columns}
		for _, c := range read {
			if !(c.Latitude >= -90 && c.Latitude <= 90 && c.Longitude >= -180 && c.Longitude <= 180) {
				t.Fatalf("%+v is out of range", c)
			}
			records = append(records, []string{c.Name, c.Country, fmt.Sprint(c.Latitude), fmt.Sprint(c.Longitude)})
		}
		if err := w.WriteAll(records); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&written)
		if err != nil || !reflect.DeepEqual(read, again) {
			t.Fatalf("read %+v, after writing %+v (%v)", read, again, err)
		}
	})
}

func ExampleRead() {
	_, err := Read(strings.NewReader("name,country,latitude,longitude\nRome,IT,141.9,12.5\n"))
	fmt.Println(err)
	// Output: cities: line 2, column 9: latitude 141.9 is outside [-90, 90] degrees
}
