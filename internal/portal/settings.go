package portal

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/i18n"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// settingsForm shows the settings of the place.
func (s *Server) settingsForm(v *visit) error {
	present, err := s.Tenants.Settings(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	return v.ok(v.settingsPage(present, formOf(present.Settings), nil))
}

// saveSettings changes them. What the page does not show stays as it is.
func (s *Server) saveSettings(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	present, err := s.Tenants.Settings(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	wanted := typedSettings(f, present.Settings)
	if f.OK() {
		err = s.Tenants.SaveSettings(v.ctx(), v.actor(), wanted)
	}
	switch {
	case fault.Is(err, fault.KindConflict):
		return v.settingsStale(f, err)
	case f.Fail(err) || !f.OK():
		return v.again(f, v.settingsPage(present, f, nil))
	case err != nil:
		return err
	}
	return v.done(v.in("/settings"), v.say.T("page.settings.saved"))
}

// settingsStale shows what was typed beside what someone else saved meanwhile;
// sending the form once more overwrites it knowingly.
func (v *visit) settingsStale(f *form.Form, why error) error {
	f.Fail(why)
	present, err := v.Tenants.Settings(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	saved := formOf(present.Settings)
	stale := &page.Stale{}
	for _, field := range v.settingFields() {
		if typed, is := f.Typed(field.Name), saved.Typed(field.Name); typed != is {
			stale.Differences = append(stale.Differences, page.Difference{
				Label: field.Label, Typed: v.settingWord(field.Name, typed), Saved: v.settingWord(field.Name, is)})
		}
	}
	f.Values.Set("version", saved.Typed("version"))
	return v.again(f, v.settingsPage(present, f, stale))
}

// durations are the settings in whole units, and where each is kept.
var durations = []struct {
	name string
	of   func(*tenants.Policies) *int
}{
	{"temporary_password_hours", func(p *tenants.Policies) *int { return &p.TemporaryPasswordHours }},
	{"activation_hours", func(p *tenants.Policies) *int { return &p.ActivationHours }},
	{"invitation_days", func(p *tenants.Policies) *int { return &p.InvitationDays }},
	{"remember_days", func(p *tenants.Policies) *int { return &p.RememberDays }},
}

// choices are the settings that are one of a few, and where each is kept.
var choices = []struct {
	name     string
	admitted []string
	of       func(*tenants.Policies) *string
}{
	{"second_factor", []string{kinds.FactorOfNone, kinds.FactorOfRoles, kinds.FactorOfEveryone}, func(p *tenants.Policies) *string { return &p.SecondFactor }},
	{"first_access", []string{kinds.FirstTemporaryPassword, kinds.FirstActivation, kinds.FirstPassword}, func(p *tenants.Policies) *string { return &p.FirstAccess }},
	{"username_style", []string{kinds.UsernameInitialFamily, kinds.UsernameGivenFamily}, func(p *tenants.Policies) *string { return &p.UsernameStyle }},
}

// boxes are the settings that are on or off, and where each is kept.
var boxes = []struct {
	name string
	of   func(*tenants.Policies) *bool
}{
	{"email_required", func(p *tenants.Policies) *bool { return &p.EmailRequired }},
	{"manager_sets_password", func(p *tenants.Policies) *bool { return &p.ManagerSetsPassword }},
}

func formOf(s tenants.Settings) *form.Form {
	f := form.With("name", s.Name, "support", s.Support, "locale", s.Locale, "time_zone", s.TimeZone, "version", strconv.Itoa(s.Version))
	for _, c := range choices {
		f.Values.Set(c.name, *c.of(&s.Policies))
	}
	for _, b := range boxes {
		if *b.of(&s.Policies) {
			f.Values.Set(b.name, "1")
		}
	}
	for _, d := range durations {
		f.Values.Set(d.name, strconv.Itoa(*d.of(&s.Policies)))
	}
	return f
}

// typedSettings reads the form. What is not a number counts as none, which is
// out of every range.
func typedSettings(f *form.Form, present tenants.Settings) tenants.Settings {
	wanted := tenants.Settings{
		Name: f.Get("name"), Support: f.Get("support"), Locale: f.Get("locale"), TimeZone: f.Get("time_zone"),
		Policies: present.Policies, Version: version(f),
	}
	for _, c := range choices {
		if asked := f.Get(c.name); asked != "" {
			*c.of(&wanted.Policies) = asked
		}
	}
	if f.Values.Has("first_access") { // a box that isn't ticked is sent by no browser: it stands in this form or in none
		for _, b := range boxes {
			*b.of(&wanted.Policies) = f.Bool(b.name)
		}
	}
	for _, d := range durations {
		if !f.Values.Has(d.name) {
			continue
		}
		n, err := strconv.Atoi(f.Get(d.name))
		if err != nil {
			n = -1
		}
		*d.of(&wanted.Policies) = n
	}
	return wanted
}

func (v *visit) settingsPage(present *tenants.SettingsPage, f *form.Form, stale *page.Stale) templ.Component {
	words := v.words(present.Standing)
	view := page.SettingsView{
		Action: v.in("/settings"), Typed: f, Stale: stale,
		Visits:    v.visitsAct(present.Standing),
		NameLabel: v.say.T("page.settings.name"), NumberLabel: words.NumberLabel, Number: present.Tenant.Number,
		TimeZones: zones(f.Typed("time_zone")),
	}
	view.Factors, view.FirstAccesses, view.UsernameStyles = v.settingOptions("second_factor"), v.settingOptions("first_access"), v.settingOptions("username_style")
	for _, l := range i18n.Locales() {
		view.Locales = append(view.Locales, ui.Option{Value: string(l), Label: l.Name()})
	}
	for _, field := range v.settingFields() {
		if field.Hint != "" {
			view.Durations = append(view.Durations, field)
		}
		view.Facts = append(view.Facts, ui.Fact{Term: field.Label, Text: v.settingWord(field.Name, f.Typed(field.Name))})
	}
	if may(present.Standing, access.Settings) {
		view.Save = words.Save
	}
	return page.Settings(v.frame(present.Standing, inSettings, words.SettingsTitle), view)
}

// settingOptions are what the choice of a name may be.
func (v *visit) settingOptions(name string) []ui.Option {
	var options []ui.Option
	for _, c := range choices {
		if c.name != name {
			continue
		}
		for _, value := range c.admitted {
			options = append(options, ui.Option{Value: value, Label: v.settingWord(name, value)})
		}
	}
	return options
}

// settingFields names the settings, those in whole units with a hint.
func (v *visit) settingFields() []page.Duration {
	fields := []page.Duration{
		{Name: "name", Label: v.say.T("page.settings.name")},
		{Name: "support", Label: v.say.T("page.settings.support")},
		{Name: "locale", Label: v.say.T("page.settings.locale")},
		{Name: "time_zone", Label: v.say.T("page.settings.time_zone")},
		{Name: "second_factor", Label: v.say.T("page.settings.second_factor")},
		{Name: "first_access", Label: v.say.T("page.settings.first_access")},
		{Name: "email_required", Label: v.say.T("page.settings.email_required")},
		{Name: "manager_sets_password", Label: v.say.T("page.settings.manager_sets_password")},
		{Name: "username_style", Label: v.say.T("page.settings.username_style")},
	}
	for _, d := range durations {
		fields = append(fields, page.Duration{Name: d.name, Label: v.say.T("page.settings.duration." + d.name), Hint: v.say.T("page.settings.hint." + d.name)})
	}
	return fields
}

// settingWord is a setting's value as people say it.
func (v *visit) settingWord(name, value string) string {
	if name == "locale" && i18n.Locale(value).Valid() {
		return i18n.Locale(value).Name()
	}
	if key := "page.settings.word." + name + "." + value; v.say.Has(key) {
		return v.say.T(key)
	}
	for _, b := range boxes {
		if b.name == name && value == "" {
			return v.say.T("page.no")
		}
		if b.name == name {
			return v.say.T("page.yes")
		}
	}
	return value
}

// offeredZones are those of the countries that the portal speaks to; a place
// may have another one already.
var offeredZones = []string{
	"America/Toronto", "America/Montreal", "America/Halifax", "America/Moncton", "America/St_Johns", "America/Winnipeg",
	"America/Regina", "America/Edmonton", "America/Vancouver", "America/Martinique", "America/Guadeloupe", "America/Cayenne",
	"Europe/Paris", "Europe/Brussels", "Europe/Zurich", "Indian/Reunion", "Indian/Mayotte", "Pacific/Noumea", "Pacific/Tahiti", "UTC",
}

func zones(present string) []ui.Option {
	names := offeredZones
	if present != "" && !slices.Contains(names, present) {
		names = append([]string{present}, names...)
	}
	options := make([]ui.Option, len(names))
	for i, name := range names {
		options[i] = ui.Option{Value: name, Label: name}
	}
	return options
}
