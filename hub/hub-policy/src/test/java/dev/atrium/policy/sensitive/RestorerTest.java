package dev.atrium.policy.sensitive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pseudonyms on the way to the model and back, in pieces. */
class RestorerTest {

  private static final String ID = "11010519491231002X";
  private static final String PHONE = "138 0013 8000";

  private static Pseudonyms pseudonyms(String... texts) {
    Pseudonyms.Maker maker = new Pseudonyms.Maker(List.of(texts));
    maker.add(Kind.PERSON_ID, ID);
    maker.add(Kind.PHONE, PHONE);
    maker.add(Kind.PHONE, "13800138000");
    maker.add(Kind.EMAIL, "li@example.com");
    return maker.made();
  }

  private static String whole(Pseudonyms pseudonyms, String text) {
    Restorer restorer = new Restorer(pseudonyms);
    return restorer.read(text) + restorer.rest();
  }

  @Test
  void theModelSeesPseudonymsAndTheReaderTheValues() {
    Pseudonyms pseudonyms = pseudonyms();
    String masked = pseudonyms.mask("号码 " + PHONE + "，即13800138000；" + ID + "。x" + ID);
    // One value, however it is written; and nothing within a longer word.
    assertThat(masked).isEqualTo("号码 [PHONE_1]，即[PHONE_1]；[PERSON_ID_1]。x" + ID);
    assertThat(whole(pseudonyms, "打给[PHONE_1]，证件[PERSON_ID_1]。")).isEqualTo(
      "打给" + PHONE + "，证件" + ID + "。"
    );
  }

  @ParameterizedTest
  @CsvSource(
    delimiter = '|',
    value = {
      "[PHONE_1]",
      "[phone_1]",
      "[ PHONE_1 ]",
      "【PHONE_1】",
      "⟦Phone_1⟧",
      "[PHONE 1]",
      "[PHONE-1]",
      "[PHONE1]",
      "[PHONE\\_1]",
      "PHONE_1",
      "phone_1",
      "PHONE\\_1",
      "［PHONE_1］",
    }
  )
  void smallVariationsAreUnderstood(String written) {
    assertThat(whole(pseudonyms(), "a " + written + ".")).isEqualTo("a " + PHONE + ".");
    assertThat(whole(pseudonyms(), written)).isEqualTo(PHONE);
  }

  @ParameterizedTest
  @CsvSource(
    delimiter = '|',
    value = {
      "[PHONE_2]",
      "PHONE_12",
      "xPHONE_1",
      "PHONE_1x",
      "phone 1",
      "[PHONE_]",
      "[PHONE_01]",
      "[PHONE_1",
      "[see PHONE]",
      "[PHONE_12345]",
      "PHONE",
      "[",
      "[[",
      "[P",
      "PERSON_ID",
      "[PERSON_ID_1x]",
    }
  )
  void whatIsNoPseudonymStays(String written) {
    String expected = written.equals("[PHONE_1") ? "[" + PHONE : written;
    assertThat(whole(pseudonyms(), "a " + written)).isEqualTo("a " + expected);
  }

  @Test
  void whereverThePiecesAreCutTheTextIsTheSame() {
    Pseudonyms pseudonyms = pseudonyms();
    Random random = new Random(7);
    String[] parts = {
      "[PHONE_1]",
      "PHONE_1",
      "[",
      "]",
      "[PERSON_ID_1]",
      "person_id_1",
      "P",
      "PHONE",
      "_",
      "1",
      " ",
      "你",
      "👋",
      "[EMAIL_1]",
      "[EMAIL_2]",
      "\\",
      "_1",
      "[PHO",
      "NE_1]",
      "-",
      "【IBAN_1】",
      "w",
      "s",
    };
    for (int round = 0; round < 3_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 30; i++) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      String expected = whole(pseudonyms, text.toString());
      StringBuilder shown = new StringBuilder();
      Restorer restorer = new Restorer(pseudonyms);
      for (int i = 0; i < text.length(); ) {
        int end = Math.min(text.length(), i + 1 + random.nextInt(5));
        shown.append(restorer.read(text.substring(i, end)));
        assertThat(restorer.held().length()).isLessThanOrEqualTo(Restorer.MOST_HELD);
        i = end;
        if (random.nextInt(6) == 0) {
          // Another hub goes on with what was shown and what was held back, and with the same values.
          restorer = new Restorer(
            Pseudonyms.decode(pseudonyms.encode()),
            shown.toString(),
            restorer.held()
          );
        }
      }
      assertThat(shown + restorer.rest()).isEqualTo(expected);
    }
  }

  @Test
  void aTextWithoutPseudonymsIsNotHeldBack() {
    Restorer restorer = new Restorer(pseudonyms());
    assertThat(restorer.read("Hello, ")).isEqualTo("Hello, ");
    assertThat(restorer.read("see [1] and [link](x) 你好。")).isEqualTo(
      "see [1] and [link](x) 你好。"
    );
    assertThat(new Restorer(Pseudonyms.NONE).read("[PHONE_")).isEqualTo("[PHONE_");
  }

  @Test
  void aNumberThatATextHasAlreadyIsNotGivenOut() {
    Pseudonyms pseudonyms = pseudonyms("what does [phone 1] mean, and PHONE_2?");
    assertThat(pseudonyms.mask(PHONE)).isEqualTo("[PHONE_3]");
    assertThat(whole(pseudonyms, "[PHONE_1] PHONE_2 [PHONE_3]")).isEqualTo(
      "[PHONE_1] PHONE_2 " + PHONE
    );
  }

  @Test
  void valuesThatOverlapLeaveNothingOfEither() {
    Pseudonyms.Maker maker = new Pseudonyms.Maker(List.of());
    maker.add(Kind.WORD, "甲乙丙");
    maker.add(Kind.WORD, "丙丁");
    assertThat(maker.made().mask("甲乙丙丁")).isEqualTo("[WORD_1][WORD_2]");
  }
}
