"""The loss of Qwen3-ASR on the assistant's target alone."""

from torch.nn import functional as F
from transformers import Qwen3ASRForConditionalGeneration

from plion.models.qwen3_asr.encoder import embeddings
from plion.models.qwen3_asr.tensors import Example
from plion.models.values import LossSums


def loss_sums(model: Qwen3ASRForConditionalGeneration, batch: Example) -> LossSums:
    """The loss of a batch. `lm_head` runs on the supervised positions only.

    Nothing in it waits for the device, neither forward nor backward.
    """
    hidden = model.model.language_model(
        inputs_embeds=embeddings(model, batch.ids, batch.audio),
        # Padding is on the right, where no position looks that counts: causal, and no mask.
        attention_mask={"full_attention": None},
        use_cache=False,
    ).last_hidden_state
    logits = model.lm_head(hidden[batch.rows, batch.columns]).float()
    losses = F.cross_entropy(logits, batch.labels, reduction="none")
    return LossSums.of(losses, batch.in_prefix)
