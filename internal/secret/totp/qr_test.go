package totp

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	"image/draw"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// scale is how many pixels a module has in the tests' pictures.
const scale = 4

func someURI(t *testing.T) string {
	t.Helper()
	s, err := New("Résidence Les Jardins de Laval", "eve.tremblay-roy@residence-exemple.qc.ca")
	if err != nil {
		t.Fatal(err)
	}
	return s.URI
}

func TestTheSVGIsReadByAnIndependentReader(t *testing.T) {
	uri := someURI(t)
	svg, err := QRSVG(uri)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
		t.Error(err)
	}
	if len(svg) > 20_000 || strings.Contains(svg, "style") || strings.Contains(svg, "otpauth") {
		t.Errorf("%d bytes; it must be compact, and free of style and of the secret", len(svg))
	}
	if got := read(t, rasterise(t, svg)); got != uri {
		t.Errorf("read %q, want %q", got, uri)
	}
}

func TestTheTerminalsHalfBlocksAreReadByAnIndependentReader(t *testing.T) {
	uri := someURI(t)
	var out bytes.Buffer
	if err := QRTerminal(uri, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	side := 2 * len(lines)
	picture := blank(side)
	for y, line := range lines {
		line = strings.TrimSuffix(strings.TrimPrefix(line, "\x1b[30;107m"), "\x1b[0m")
		for x, block := range []rune(line) {
			if block == '█' || block == '▀' {
				fill(picture, x, 2*y, 1)
			}
			if block == '█' || block == '▄' {
				fill(picture, x, 2*y+1, 1)
			}
		}
	}
	if got := read(t, picture); got != uri {
		t.Errorf("read %q, want %q", got, uri)
	}
}

func TestAnOverlongAddressIsAnError(t *testing.T) {
	long := strings.Repeat("a", 5000)
	if _, err := QRSVG(long); err == nil {
		t.Error("an SVG was drawn")
	}
	if err := QRTerminal(long, new(bytes.Buffer)); err == nil {
		t.Error("half blocks were drawn")
	}
}

var (
	viewBox = regexp.MustCompile(`viewBox="0 0 (\d+) `)
	run     = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`)
)

// rasterise draws the runs of the SVG's path.
func rasterise(t *testing.T, svg string) *image.Gray {
	t.Helper()
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	picture := blank(number(viewBox.FindStringSubmatch(svg)[1]))
	for _, r := range run.FindAllStringSubmatch(svg, -1) {
		fill(picture, number(r[1]), number(r[2]), number(r[3]))
	}
	return picture
}

func blank(side int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	return picture
}

func fill(picture *image.Gray, x, y, width int) {
	draw.Draw(picture, image.Rect(x*scale, y*scale, (x+width)*scale, (y+1)*scale), image.NewUniform(color.Black), image.Point{}, draw.Src)
}

func read(t *testing.T, picture image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}
