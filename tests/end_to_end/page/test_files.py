"""Files that are chosen, dropped or pasted."""

from playwright.sync_api import expect

from csv_changes import with_bad_volumes, with_unclear_dates
from page_actions import choose, problem
from visits import drop


def test_a_file_over_the_limit_is_refused_before_it_is_sent(page, base_url, tmp_path):
    limit = page.request.get(f"{base_url}/settings.json").json()["max_upload_mb"]
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    huge = tmp_path / "huge.csv"  # Playwright passes at most 50 MB in memory
    with huge.open("wb") as file:
        file.truncate(limit * 1024 * 1024 + 1)
    page.set_input_files(".dropzone input[type=file]", huge)
    expect(page.locator(".problem")).to_contain_text(f"the limit is {limit} MB")
    assert sent == []


def test_a_late_response_to_an_older_file_does_not_replace_a_newer_one(page, sample_csv):
    held = []
    page.route("**/predict*", lambda route: route.continue_() if held else held.append(route))
    choose(page, "older.csv", sample_csv)
    expect(page.locator(".dropzone")).to_contain_text("older.csv")
    with page.expect_response(lambda response: "/predict" in response.url) as answered:
        choose(page, "newer.csv", sample_csv)
    title = page.locator(".result-head h2")
    expect(title).to_have_text("Forecast from newer.csv")
    held[0].fulfill(json=answered.value.json())
    page.wait_for_timeout(500)
    expect(title).to_have_text("Forecast from newer.csv")


def test_a_hostile_file_name_stays_text(page, sample_csv):
    name = '<img src=x onerror="document.title=1">.csv'
    choose(page, name, sample_csv)
    expect(page.locator(".result-head h2")).to_have_text(f"Forecast from {name}")
    assert page.locator(".result-head h2 img").count() == 0


def test_a_dropped_folder_is_reported_as_a_folder(page, tmp_path):
    drop(page, page.locator(".dropzone-target"), files=(tmp_path,))
    panel = page.locator(".problem")
    expect(panel.get_by_role("heading")).to_have_text(f"{tmp_path.name} is a folder")
    expect(panel.get_by_role("button", name="Send again")).to_be_hidden()


def test_a_file_changed_after_it_was_chosen_must_be_chosen_again(page, tmp_path, sample_csv):
    prices = tmp_path / "prices.csv"
    prices.write_bytes(sample_csv)
    page.route("**/predict*", lambda route: route.abort())
    page.set_input_files(".dropzone input[type=file]", prices)
    panel = page.locator(".problem")
    expect(panel).to_contain_text("could not be reached")
    page.unroute("**/predict*")
    prices.write_bytes(sample_csv + b"\n")
    panel.get_by_role("button", name="Send again").click()
    expect(panel).to_contain_text("prices.csv can no longer be read")
    expect(panel).to_contain_text("Choose it again")
    page.set_input_files(".dropzone input[type=file]", prices)
    expect(page.locator(".result-head h2")).to_have_text("Forecast from prices.csv")
    expect(page.locator(".files")).to_be_hidden()


def test_spreadsheet_cells_with_thousands_commas_are_forecast(page, sample_csv):
    rows = [row.split(",") for row in sample_csv.decode().splitlines()]
    cells = [rows[0], *([*row[:6], f"{int(row[6]):,}"] for row in rows[1:])]
    drop(page, page.locator("h1"), text="\n".join("\t".join(row) for row in cells))
    expect(page.locator(".result-head h2")).to_have_text("Forecast from pasted.csv")
    expect(page.locator(".result-model")).to_contain_text("300 rows read")


def test_text_dropped_into_the_field_stays_there(page):
    page.get_by_role("button", name="Paste").click()
    field = page.locator("#dropzone-pasted")
    drop(page, field, text="Date,Close")
    expect(field).to_have_value("Date,Close")
    expect(page.locator(".problem")).to_be_hidden()


def test_text_dragged_from_the_page_onto_itself_is_not_a_file(page):
    lead, target = (page.locator(name).bounding_box() for name in (".lead", ".dropzone-target"))
    page.locator(".lead").evaluate("element => getSelection().selectAllChildren(element)")
    page.mouse.move(lead["x"] + 40, lead["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 40, target["y"] + 40, steps=8)
    page.mouse.up()
    expect(page.locator(".problem")).to_be_hidden()
    expect(page.locator(".dropzone")).not_to_have_attribute("data-over", "")


def test_files_with_the_same_name_are_numbered(page, sample_csv):
    for _ in range(2):
        choose(page, "big.csv", sample_csv)
    expect(page.locator(".files-name")).to_have_text(["big.csv", "big.csv (2)"])
    expect(page.locator(".result-head h2")).to_have_text("Forecast from big.csv (2)")


def test_repeated_attempts_are_announced_once(page, sample_csv):
    attempts = []
    page.on("request", lambda request: "/predict" in request.url and attempts.append(request))
    page.route("**/predict*", lambda route: route.fulfill(**problem(429)), times=2)
    choose(page, "patient.csv", sample_csv)
    announcements = page.locator(".dropzone-announcements p")
    expect(announcements).to_have_text(
        [
            "Forecasting from patient.csv.",
            "No response yet. patient.csv will be sent again automatically.",
            "The forecast from patient.csv is ready.",
        ]
    )
    assert len(attempts) == 3


def test_the_result_of_each_of_several_files_is_announced(page, sample_csv):
    contents = {
        "one.csv": sample_csv,
        "bad.csv": with_bad_volumes(sample_csv),
        "unclear.csv": with_unclear_dates(sample_csv),
        "three.csv": sample_csv,
    }
    files = [
        {"name": name, "mimeType": "text/csv", "buffer": content}
        for name, content in contents.items()
    ]
    page.set_input_files(".dropzone input[type=file]", files)
    announcements = page.locator(".dropzone-announcements")
    for text in (
        "The forecast from one.csv is ready.",
        "No forecast could be made from bad.csv.",
        "unclear.csv can be read in several ways and needs your choice.",
        "The forecast from three.csv is ready.",
    ):
        expect(announcements).to_contain_text(text)
