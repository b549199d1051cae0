package layered

// Class chooses the look of a box. The state that it stands for is written as
// text too, in the node's suffix: no meaning rests on colour alone.
type Class uint8

// The classes. Red is for Failed and for nothing else.
const (
	Plain     Class = iota
	Waiting         // grey, dashed
	Active          // blue
	Done            // green
	Failed          // red, thick
	Cancelled       // grey, dotted
	classCount
)

// look is how a class is drawn. Boxes are light with dark text, which reads on
// a light page and on a dark one.
type look struct {
	name, fill, stroke, dash string
	width                    string
}

var looks = [classCount]look{
	Plain:     {"plain", "#f6f8fa", "#57606a", "", "1"},
	Waiting:   {"waiting", "#eaeef2", "#6e7781", "4 3", "1"},
	Active:    {"active", "#cfe4ff", "#0a58b5", "", "1.5"},
	Done:      {"done", "#d3f0d9", "#1a6f37", "", "1"},
	Failed:    {"failed", "#ffc9c4", "#b3141f", "", "2.5"},
	Cancelled: {"cancelled", "#e3e3e3", "#6e7781", "1 3", "1.5"},
}

// look returns the look of c; a class that does not exist looks plain.
func (c Class) look() look {
	if c >= classCount {
		c = Plain
	}
	return looks[c]
}

// String returns the name of the class.
func (c Class) String() string { return c.look().name }
